export const texts = {
  zh: { title: '总览' },
  en: { title: 'Overview' },
};
